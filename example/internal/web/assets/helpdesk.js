// What the helpdesk adds to htmx: none of it is needed for a page to be live.
(() => {
  // htmx 1 and 2 drop answers that are errors; ours are a notice or a form, and swap themselves in.
  document.addEventListener('htmx:beforeSwap', e => {
    if (e.detail.xhr?.status >= 400) e.detail.shouldSwap = true
  })

  // A field in which somebody is typing keeps what is typed when a colleague changes the ticket. Beside it stands what is
  // saved now, and above the form a sentence, which is read out.
  const theirs = () => {
    const sentence = document.getElementById('edit-theirs')
    if (!sentence) return
    const fields = [...document.querySelectorAll('#edit-form [data-server-value]')]
    for (const note of document.querySelectorAll('#edit-form .theirs'))
      if (!fields.includes(note.previousElementSibling)) note.remove()
    for (const field of fields) {
      const value = field.dataset.serverValue
      const text = 'Now: ' + ([...field.options ?? []].find(option => option.value === value)?.text ?? value)
      const note = field.nextElementSibling?.matches('.theirs') ? field.nextElementSibling : document.createElement('span')
      note.className = 'theirs'
      if (note.textContent !== text) note.textContent = text
      if (!note.isConnected) field.after(note)
    }
    const text = fields.length ? 'A colleague has changed this ticket. What you entered is still here, and nothing of it is saved yet.' : ''
    if (sentence.textContent !== text) sentence.textContent = text
  }
  // The form comes and goes with what htmx swaps in, and its fields with the stream.
  new MutationObserver(theirs).observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-server-value'] })

  // A notice goes by itself, unless it is bad news.
  const notice = document.getElementById('notice')
  let timer
  const fade = () => {
    clearTimeout(timer)
    if (notice.firstChild && !notice.querySelector('.bad')) timer = setTimeout(() => notice.replaceChildren(), 6000)
  }
  new MutationObserver(fade).observe(notice, { childList: true })
  fade()

  // The account sheet closes when something else is clicked.
  document.addEventListener('click', e => {
    for (const open of document.querySelectorAll('.who[open]')) if (!open.contains(e.target)) open.open = false
  })
})()
