// htmxlive: the state of the connection on #live-status, and no stream in the back/forward cache.
