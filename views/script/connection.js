// htmxlive: says on #live-status whether the page follows the data (data-state: live, reconnecting, offline), revives the
// one client that gives up (the built-in hx-sse of htmx 1.9), and lets no stream live on in the back/forward cache.
(() => {
  // EventSource (htmx 1, 2) or connection (htmx 4) to whether it is open.
  const streams = new Map()
  const connect = '[sse-connect],[hx-sse],[hx-sse\\:connect]'
  let timer, tries = 0

  const show = () => {
    const has = document.querySelector(connect) && navigator.onLine
    const state = !has ? 'offline' : [...streams.values()].includes(true) ? 'live' : 'reconnecting'
    document.getElementById('live-status')?.setAttribute('data-state', state)
  }
  // Bad news waits half a second: a page change closes one stream and opens the next.
  const mark = (stream, open) => {
    streams.set(stream, open)
    clearTimeout(timer)
    if (open) show()
    else timer = setTimeout(show, 500)
  }
  const drop = stream => mark(stream, false) || streams.delete(stream)

  const revive = url => {
    const old = [...document.querySelectorAll('[hx-sse]')].find(e => e.getAttribute('hx-sse').includes(`connect:${url} `))
    setTimeout(() => {
      if (!old?.isConnected) return
      const copy = old.cloneNode()
      old.replaceWith(copy)
      htmx.process(copy)
    }, 500 + Math.random() * Math.min(64e3, 1e3 * 2 ** tries++))
  }

  const create = htmx.createEventSource
  if (create) htmx.createEventSource = url => {
    const source = create(url), close = source.close
    source.close = () => { close.call(source); drop(source) }
    source.addEventListener('open', () => { tries = 0; mark(source, true) })
    source.addEventListener('error', () => {
      if (source.readyState !== 2) return mark(source, false)
      drop(source)
      revive(url)
    })
    mark(source, false)
    return source
  }

  const on = (name, f) => document.addEventListener('htmx:sse:' + name, e => e.detail.connection && f(e.detail.connection))
  on('after:connection', c => mark(c, true))
  on('before:connection', c => mark(c, false))
  on('error', c => mark(c, false))
  on('close', drop)

  for (const name of ['online', 'offline']) addEventListener(name, show)
  addEventListener('pagehide', () => streams.forEach((_, s) => s.close ? s.close() : s.reader?.cancel()))
  addEventListener('pageshow', e => e.persisted && location.reload())
  timer = setTimeout(show, 500)
})();
