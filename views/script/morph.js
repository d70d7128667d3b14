// htmxlive, first half: what is swapped is morphed, so that nothing a person is doing is lost.
(() => {
})();
