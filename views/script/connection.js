// htmxlive, second half: a page is never dead while it says that it is live, and its address, its rows and its stream agree.
//
// The element #live-status has data-state: live; reconnecting; waiting (asked for ten seconds, and no answer: over HTTP/1.1
// too many tabs are open); offline (no network, the stream was ended for good, or the server refuses it).
(() => {
  if (!window.htmx) return
  const selector = '[sse-connect],[hx-sse],[hx-sse\\:connect]'
  // Each stream can stop() and reopen(), and has: open; asked, when it was asked for and not answered yet; heard, when
  // something came last. Some can say that they are dead().
  const streams = new Set()
  // The longest silence, as heartbeats say. Until one does, it is guessed, and each wrong guess doubles it.
  let silence = 15e3
  let refused, lost, ended
  // When it is time to look whether the page has stayed, and whether its address is right.
  let leaving, unsure
  let last = Date.now(), seen = last, healed = 0, distance = 0

  const now = () => Date.now()
  const closed = (s, asked) => { s.open = false; s.asked = asked }
  const opened = s => { s.open = true; refused = s.asked = 0; s.heard = now(); show() }
  // Heartbeats say 0 where there are none.
  const hear = (s, name, data) => {
    s.heard = now()
    if (name === 'heartbeat') silence = +data || 1 / 0
  }
  const refuses = (status, headers) => refused = status < 500 && status !== 429 && !/event-stream/.test(headers?.get('content-type'))

  const show = () => {
    const all = [...streams], live = all.some(s => s.open), e = document.getElementById('live-status')
    if (live) seen = now()
    // Bad news waits half a second: a page change closes one stream and opens the next.
    else if (now() - seen < 500) return
    const state = !document.querySelector(selector) || !navigator.onLine || refused ? 'offline' :
      live ? 'live' : all.some(s => s.asked && now() - s.asked > 1e4) ? 'waiting' : 'reconnecting'
    if (e && e.dataset.state !== state) e.dataset.state = state
  }

  // Htmx 1 and 2 get one source for the life of their connect element. Below it EventSources come and go: they give up
  // after an HTTP error, some browsers end them without a word, and none says why.
  const create = htmx.createEventSource
  const webkit = /Apple/.test(navigator.vendor)
  if (create) htmx.createEventSource = url => {
    const listeners = new Map()
    // The last message: '' before the first, undefined when everything is to be sent.
    let id = ''
    let source, retry, tries = 0
    // A new source sends no Last-Event-ID. Where the URL that the server gave ends in ~, the server reads the id behind that.
    const address = () => source && id !== undefined && url.endsWith('~') ? url + (id || 0) : url
    const rest = () => { clearTimeout(retry); retry = 0 }
    const s = {
      stop() { rest(); source.close(); streams.delete(s) },
      reopen(anew) {
        if (anew) id = undefined
        rest()
        source?.close()
        source = create(address())
        closed(s, now())
        for (const name of ['message', 'heartbeat']) source.addEventListener(name, e => {
          id = e.lastEventId || id
          hear(s, name, e.data)
        })
        listeners.forEach((name, f) => source.addEventListener(name, f))
        source.onopen = e => { tries = 0; opened(s); facade.onopen?.(e) }
        source.onerror = e => {
          closed(s, now())
          facade.onerror?.(e)
          if (e.target.readyState === 2 && streams.has(s)) again()
        }
      },
      // Firefox ends EventSources without an event; in WebKit they do not know it themselves.
      dead: stayed => source.readyState === 2 ? !retry : stayed && webkit
    }
    // Before a stream is asked for again, the server is asked what was wrong.
    const again = () => {
      closed(s, 0)
      clearTimeout(retry)
      const mine = retry = setTimeout(async () => {
        const probe = new AbortController()
        s.asked = now()
        const r = await fetch(address(), { headers: { Accept: 'text/event-stream' }, signal: probe.signal }).catch(() => 0)
        probe.abort()
        if (mine === retry) r && !refuses(r.status, r.headers) && r.ok ? s.reopen() : again()
      }, 500 + Math.random() * Math.min(64e3, 1e3 * 2 ** tries++))
    }
    const facade = {
      addEventListener(name, f) { listeners.set(f, name); source.addEventListener(name, f) },
      removeEventListener(name, f) { listeners.delete(f); source.removeEventListener(name, f) },
      close: s.stop,
      get readyState() { return s.open ? 1 : streams.has(s) ? 0 : 2 }
    }
    streams.add(s)
    s.reopen()
    return facade
  }

  // Htmx 4 reconnects by itself, after the id that its connection has. Each of its requests begins with a new controller.
  const of = c => {
    if (c.htmxlive) return c.htmxlive
    let controller = c.abortController, stopped
    Object.defineProperty(c, 'abortController', {
      get: () => controller,
      set(next) {
        controller = next
        if (stopped) next.abort()
        else s.asked = now()
      }
    })
    const s = c.htmxlive = {
      stop() {
        stopped = true
        c.reader?.cancel()
        controller.abort()
      },
      reopen(anew) { this.anew = anew; c.delayCanceller?.(); c.reader?.cancel() }
    }
    return s
  }
  const on = (name, f) => document.addEventListener('htmx:' + name, e => f(e.detail))
  const onStream = (name, f) => on('sse:' + name, d => d.connection && f(of(d.connection), d))
  onStream('before:connection', (s, d) => {
    streams.add(s)
    closed(s, 0)
    if (s.anew) d.connection.lastEventId = ''
    s.anew = 0
    d.connection.cancelled = ended
  })
  onStream('after:connection', opened)
  onStream('before:message', (s, d) => hear(s, d.message.event, d.message.data))
  onStream('error', (s, d) => { closed(s, 0); refuses(d.status) })
  onStream('close', s => { s.open = 0; streams.delete(s) })
  // Its first request has no connection yet.
  const onFirst = (name, f) => on(name, d => d.ctx?.sourceElement.matches?.(selector) && f(d.ctx))
  onFirst('before:request', ctx => {
    streams.add(ctx.htmxlive = { asked: now(), stop: ctx.request.abort, reopen() {} })
    if (ended) ctx.request.abort()
  })
  for (const name of ['before:response', 'finally:request']) onFirst(name, ctx => {
    streams.delete(ctx.htmxlive)
    if (ctx.response) refuses(ctx.response.status, ctx.response.headers)
  })

  document.addEventListener('htmxlive:lost', () => lost = 1)

  // A page without a stream has nothing that a page change could lead on: its links and forms load the page that they lead to.
  for (const name of ['click', 'submit']) addEventListener(name, e => {
    const by = e.target.closest?.('a') ?? e.target
    if (by.matches?.('[hx-headers*=HX-Live]') && !document.querySelector(selector)) e.stopPropagation()
  }, true)

  // The connect element names the page that it belongs to.
  const page = url => {
    const { pathname, searchParams } = new URL(url, location)
    searchParams.sort()
    return pathname + '?' + searchParams
  }
  const load = () => {
    if (page(location) === page(document.querySelector('[data-live-page]')?.dataset.livePage ?? location)) return
    // Once: an address that the server calls by another name is no reason to go on.
    if (now() - (history.state?.htmxlive || 0) < 1e4) return
    history.replaceState({ ...history.state, htmxlive: now() }, '')
    location.reload()
  }
  const doubt = () => unsure = now() + 2e3

  const timer = setInterval(() => {
    const t = now(), limit = 2.5 * silence, slept = t - last > 5e3
    last = t
    // Everything is sent then; a loss that comes again is healed ever later.
    const heal = lost && t - healed > distance && [...streams].some(s => s.open)
    if (heal) {
      distance = t - healed > 6e5 ? 2e3 : Math.min(2 * distance, 3e5)
      healed = t
      lost = 0
    }
    // A navigation ends streams, also one that leads nowhere (a download, a 204). A page that is about to go waits.
    const away = t < leaving, stayed = leaving && !away
    if (!away) leaving = 0
    for (const s of [...streams]) {
      // What came while the machine slept is heard first.
      if (slept) s.heard = Math.max(s.heard, t - limit + 3e3)
      const silent = s.open && !document.hidden && t - s.heard > limit
      if (silent) silence *= 2
      if (silent || heal || !away && s.dead?.(stayed)) s.reopen(heal)
    }
    if (t > unsure) { unsure = undefined; load() }
    show()
  }, 500)

  for (const name of ['online', 'offline', 'focus']) addEventListener(name, () => {
    streams.forEach(s => s.open || s.asked || s.reopen())
    show()
  })
  addEventListener('beforeunload', () => leaving = now() + 2e3)
  addEventListener('pagehide', () => {
    ended = true
    clearInterval(timer)
    streams.forEach(s => s.stop())
  })
  addEventListener('pageshow', e => {
    if (e.persisted) location.reload()
    if (performance.getEntriesByType('navigation')[0]?.type !== 'navigate') doubt()
  })
  addEventListener('popstate', doubt)
})();
