// htmxlive, first half: what a stream or a page change swaps is morphed, so that nothing a person is doing is lost.
(() => {
  if (!window.htmx) return console.warn('htmxlive.js comes after htmx, or does nothing')
  const connect = '[sse-connect],[hx-sse],[hx-sse\\:connect]'
  const fields = 'input,textarea,select'
  // Of details and dialogs: whether they were open in the HTML they were last given. The rest is the person's doing.
  const opened = new WeakMap()
  // Elements that a message deletes, to their ids. They wait for its end: it may insert them elsewhere.
  const doomed = new Map()
  // The radio buttons that were on before. Those that are inserted may take that from them.
  let chosen
  // Elements that are new or have other hx- attributes, for htmx. It gets no others: htmx 1.9 makes an element that looks
  // different anew and forgets the request that is under way.
  const unknown = new Set()
  let ours, reported
  const controls = 'a,button,input,label,summary'
  // The last press of the mouse, a finger or a key.
  let press = {}
  // While a press lasts, its control does what it did when the press began. Elements that wait for its end, to what changes them then.
  const held = new Map()
  let holding, releasing

  // The colour stands out from white as it does from black: a page need not say which of them it is.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('[data-server-value]{outline:2px solid #ea580c;outline-offset:1px}.live-note{margin-inline-start:.5em}')
  document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets]

  const lost = why => {
    if (reported) return
    reported = true
    document.dispatchEvent(new CustomEvent('htmxlive:lost', { detail: String(why) }))
  }

  // What a field holds, and what the server's HTML says it holds.
  const check = f => f.type === 'checkbox' || f.type === 'radio'
  const values = options => options.map(o => o.value).join('\n')
  const current = f => f.options ? values([...f.options].filter(o => o.selected)) : check(f) ? '' + f.checked : f.value
  const server = f => {
    if (!f.options) return check(f) ? '' + f.defaultChecked : f.defaultValue
    const preset = [...f.options].filter(o => o.defaultSelected)
    if (f.multiple) return values(preset)
    return values(preset.length || f.size > 1 ? preset.slice(-1) : [...f.options].filter(o => !o.disabled).slice(0, 1))
  }
  // Of half a date or number, the value is empty.
  const half = f => f.validity?.badInput
  const typed = f => half(f) || current(f) !== server(f)
  const put = (f, value) => {
    if (current(f) === value) return
    if (f.options) for (const o of f.options) o.selected = value.split('\n').includes(o.value)
    else if (check(f)) f.checked = value === 'true'
    else if (f.type !== 'file') f.value = value
  }

  // Updates a field and keeps what the person made of it. Radio buttons are one field together. The server's value is read from
  // the updated field, or from the field of the new HTML.
  const updateField = (f, update, from = f) => {
    const group = f.type === 'radio' ? [...f.getRootNode().querySelectorAll('input[type=radio]')].filter(r => r.name === f.name && r.form === f.form) : [f]
    const dirty = group.some(typed), on = group.find(r => r.checked), value = current(f), was = f.dataset.serverValue ?? server(f)
    const { selectionStart: start, selectionEnd: end } = f
    update()
    const now = server(from)
    put(f, dirty ? value : now)
    if (start != null && f === document.activeElement && f.selectionStart !== start) f.setSelectionRange(start, end)
    if (dirty && on && f.type === 'radio') on.checked = true
    if (now === current(f) && !half(f)) f.removeAttribute('data-server-value')
    else if (now !== was) {
      f.setAttribute('data-server-value', now)
      f.dispatchEvent(new CustomEvent('htmxlive:conflict', { bubbles: true, detail: { value: now } }))
    }
  }
  addEventListener('input', ({ target: f }) => f.matches?.('[data-server-value]') && !typed(f) && f.removeAttribute('data-server-value'), true)
  addEventListener('reset', e => setTimeout(() => {
    for (const f of e.target.elements) f.removeAttribute('data-server-value')
  }), true)

  const note = root => {
    for (const e of root.querySelectorAll?.('[open]') ?? []) opened.set(e, true)
    if (root.open) opened.set(root, true)
  }

  const id = n => n.getAttribute?.('id') || ''
  const same = (o, n) => o.nodeName === n.nodeName && o.namespaceURI === n.namespaceURI && id(o) === id(n) &&
    ['name', 'type'].every(a => n.nodeType !== 1 || o.getAttribute(a) === n.getAttribute(a)) &&
    (o.type !== 'radio' || o.value === n.value)
  // Returns all that a control says of what it does, and leaves out how it looks.
  const does = e => [...e.attributes].filter(a => !/^(class|style|title|disabled|aria-.*|hx-swap-oob|data-(htmx-powered|server-value))$/.test(a.name))
    .map(a => a.name + a.value).sort() + (e.control ? does(e.control) : '')

  const move = (node, before, parent = before.parentNode) => {
    if (parent.moveBefore && node.isConnected && parent.isConnected) parent.moveBefore(node, before)
    else parent.insertBefore(node, before)
  }

  // Brings a node before another. While a person is busy in it, those between them go around it: some browsers forget the
  // focus, the modal dialog and the playing of what they move.
  const bring = (node, before) => {
    const parent = before.parentNode, busy = node.contains(document.activeElement) || node.querySelector?.('dialog[open],[popover],audio,video')
    if (!busy || node.parentNode !== parent) return move(node, before)
    const all = [...parent.childNodes], i = all.indexOf(node), j = all.indexOf(before), next = i < j ? node : node.nextSibling
    for (const one of i < j ? all.slice(i + 1, j) : all.slice(j, i)) move(one, next, parent)
  }

  // Returns what brings the selection back, as far as its nodes are still there and long enough.
  const selection = () => {
    const s = getSelection() ?? {}, { anchorNode: a, anchorOffset: i, focusNode: b, focusOffset: j, isCollapsed: none = true } = s
    const end = (n, k) => Math.min(k, n.length ?? n.childNodes.length)
    return () => none || !a.isConnected || !b.isConnected || document.activeElement.matches(fields) || s.setBaseAndExtent(a, end(a, i), b, end(b, j))
  }

  // Takes a node off the page. htmx cleans up what it is told to leave alone.
  const drop = node => {
    if (node.nodeType === 1 && node.isConnected) {
      for (const name of ['hx-disable', 'hx-ignore']) node.setAttribute(name, '')
      htmx.process(node, true)
    }
    node.remove()
  }

  // Shows and says what happens to a row, on the lists that ask for it: a class for a second, and one sentence for the rows of
  // two seconds. Returns whether it is shown. A page change is what the person did: there is nothing to show or say.
  const happened = (row, what) => {
    const list = row.parentNode?.closest?.('[id]')
    if (!list || row.nodeType !== 1 || ours?.pageChange) return
    for (const p of document.querySelectorAll('[data-live-announce]')) {
      if (!list.matches(p.dataset.liveAnnounce)) continue
      p.rows ??= new Set()
      p.rows.add(id(row))
      p.timer ??= setTimeout(() => {
        const [one, many = one] = (p.dataset.liveNoun ?? 'row|rows').split('|')
        p.textContent = `${p.rows.size} ${p.rows.size === 1 ? one : many} changed`
        p.timer = p.rows = null
      }, 2000)
    }
    if (!list.hasAttribute('data-live-motion') || matchMedia('(prefers-reduced-motion:reduce)').matches) return
    row.classList.add(what)
    setTimeout(() => row.classList.remove(what), 1000)
    return true
  }

  // Keeps the typed fields of an element that goes, with a note, while a person is in it. Returns whether there are any.
  const keepTyped = root => {
    const keep = root.contains(document.activeElement) ? [...document.querySelectorAll(fields)].filter(f => root.contains(f) && typed(f)) : []
    if (!keep[0]) return
    const strip = e => {
      for (const { name } of [...e.attributes]) {
        /^(open|popover)$/.test(name) || keep.includes(e) && /^(type|class|multiple|rows|cols|size|min|max|step|value)$/.test(name) || e.removeAttribute(name)
      }
      if (keep.includes(e)) {
        if (e.options) for (const o of [...e.options]) o.selected || o.remove()
        else if (!half(e)) e.defaultValue = ''
      } else for (const child of [...e.childNodes]) keep.some(f => child.contains(f)) ? strip(child) : drop(child)
    }
    strip(root)
    const small = document.createElement('small')
    for (const e of [root, small]) e.setAttribute('data-live', 'left')
    small.className = 'live-note'
    small.setAttribute('role', 'status')
    small.textContent = root.parentNode.closest('[data-live-note]')?.dataset.liveNote || 'This is gone. What you typed stays until you leave.'
    keep.at(-1).after(small)
    for (const f of keep) f.ariaLabel = small.textContent
    root.addEventListener('focusout', () => setTimeout(() => {
      if (root.contains(document.activeElement)) return
      root.remove()
      small.remove()
    }))
    // The button that had the focus is gone.
    if (!root.contains(document.activeElement)) keep.at(-1).focus({ preventScroll: true })
    return true
  }
  const vanish = e => keepTyped(e) || drop(e)

  // Takes a row off the page.
  const leave = row => {
    const shown = happened(row, 'live-leave')
    if (keepTyped(row)) return
    if (!shown) return drop(row)
    row.removeAttribute('id')
    row.setAttribute('data-live', 'left')
    setTimeout(() => drop(row), 400)
  }

  const updateAttributes = (o, n) => {
    let hx
    const set = (name, a) => {
      if (/^(data-htmx-powered|data-server-value|hx-swap-oob)$/.test(name)) return
      if (holding && (/^(href|action|method|form|(data-)?hx-)/.test(name) || name === 'value' && o.type === 'hidden')) {
        return held.set(o, () => updateAttributes(o, n) && unknown.add(o))
      }
      if (name === 'open' && 'open' in o) {
        const was = !!opened.get(o)
        opened.set(o, !!a)
        if (o.open !== was) return
      }
      if (/^(data-)?hx-/.test(name)) hx = true
      const own = name === 'class' ? [...o.classList].filter(c => /^(htmx|live)-/.test(c)) : []
      a ? o.setAttributeNode(a.cloneNode()) : o.removeAttribute(name)
      if (own[0]) o.classList.add(...own)
    }
    for (const { name } of [...o.attributes]) n.hasAttribute(name) || set(name)
    for (const a of n.attributes) o.getAttribute(a.name) === a.value || set(a.name, a)
    return hx
  }

  const isLeft = n => n?.dataset?.live === 'left'
  const updateChildren = (old, now, remove) => {
    const left = new Set([...old.childNodes].filter(o => remove === drop || !isLeft(o))), fresh = [...now.childNodes], pairs = new Map()
    const byID = new Map([...left].filter(id).map(o => [id(o), o]))
    const pair = (n, o) => left.delete(o) && pairs.set(n, o)
    for (const n of fresh) {
      const o = byID.get(id(n))
      if (o && same(o, n)) pair(n, o)
    }
    const alike = [
      (o, n) => o.isEqualNode(n),
      (o, n) => same(o, n) && n.matches?.(controls) && does(o) === does(n),
      (o, n) => n.nodeType === 1 && o.textContent === n.textContent && same(o, n),
      same,
    ]
    for (const fits of alike) {
      const rest = [...left].filter(o => !id(o))
      if (rest.length) for (const n of fresh) if (!id(n) && !pairs.has(n)) pair(n, rest.find(o => left.has(o) && fits(o, n)))
    }
    left.forEach(remove)
    let at = old.firstChild
    for (const n of fresh) {
      const o = pairs.get(n)
      // What has been left behind with typed text keeps its place.
      while (isLeft(at)) at = at.nextSibling
      if (!o) {
        note(n)
        old.insertBefore(n, at)
        if (n.nodeType === 1) unknown.add(n)
        continue
      }
      if (o !== at) bring(o, at)
      morph(o, n)
      at = o.nextSibling
    }
  }

  const morph = (o, n) => {
    if (o.isEqualNode(n) || n.nodeType === 1 && n.hasAttribute('hx-preserve')) return
    if (o.nodeType !== 1) return o.data = n.data
    // Half a date would go with the attributes of its field.
    const date = half(o) && o.type !== 'number'
    if (date) updateField(o, () => {}, n)
    if (date || holding && o === press.control && does(o) !== does(n)) return held.set(o, () => swap(o, n))
    let hx
    const update = () => {
      hx = updateAttributes(o, n)
      if (o.localName === 'textarea') o.defaultValue = n.defaultValue
      else if (o.localName === 'template') updateChildren(o.content, n.content, e => e.remove())
      else updateChildren(o, n, vanish)
    }
    o.matches(fields) ? updateField(o, update) : update()
    if (hx) unknown.add(o)
  }

  // Gives htmx what is new to it.
  const process = () => {
    for (const e of unknown) htmx.process(e, true)
    unknown.clear()
  }

  // Morphs an element, or the content of one, and reports whether that is done.
  const swap = (old, now, live) => {
    const restore = selection()
    for (const e of held.keys()) if (old.contains(e)) held.delete(e)
    try {
      const select = old.parentNode?.closest?.('select')
      const update = () => live ? updateChildren(old, now, live === 'cleared' ? drop : leave) : morph(old, now)
      if (old.matches(connect) || !live && now.dataset.live === 'cleared') return
      if (!live && !same(old, now)) {
        // What was typed stays beside what takes the place of the element.
        if (!keepTyped(old)) return
        note(now)
        old.before(now)
        unknown.add(now)
        process()
        return true
      }
      select ? updateField(select, update) : update()
      process()
      restore()
      if (!live) happened(old, 'live-change')
      return true
    } catch (e) {
      lost(e)
    } finally {
      unknown.clear()
    }
  }

  // At the end of a message: what it deleted and inserted again has moved, and stays the node it was.
  const settle = () => {
    const active = document.activeElement, restore = selection()
    for (const [row, name] of doomed) {
      const now = document.getElementById(name)
      row.id = name
      if (!now || now === row || !same(row, now)) leave(row)
      else {
        bring(row, now)
        now.remove()
        for (const r of chosen) if (row.contains(r) || !r.defaultChecked) r.checked = true
        swap(row, now)
        happened(row, 'live-move')
      }
    }
    doomed.clear()
    active.focus({ preventScroll: true })
    restore()
  }

  // Does one of our swaps in the place of htmx. Inside: the element carries what is to be inserted or deleted, else it is what
  // replaces the target. Returns whether htmx has nothing left to do.
  const take = (target, element, inside) => {
    const live = element.getAttribute('data-live')
    if (!inside) return swap(target, element)
    if (live === 'delete') {
      if (!doomed.size) {
        queueMicrotask(settle)
        chosen = [...document.querySelectorAll('[type=radio]:checked')]
      }
      doomed.set(target, target.id)
      target.removeAttribute('id')
      return true
    }
    if (live === 'whole' || live === 'cleared') return swap(target, element, live)
    note(element)
    const rows = [...element.children]
    queueMicrotask(() => rows.forEach(row => row.isConnected && happened(row, 'live-enter')))
  }

  // A message begins. What it targets and does not find is lost.
  const begin = (text, pageChange) => {
    const message = ours = { pageChange }, parsed = document.createElement('template')
    reported = false
    press.changed = true
    setTimeout(() => { if (ours === message) ours = null })
    parsed.innerHTML = text
    for (const e of parsed.content.querySelectorAll('[hx-swap-oob]')) {
      const [style, list = '#' + e.id] = e.getAttribute('hx-swap-oob').split(':')
      if (style !== 'delete') for (const name of list.match(/#[\w-]+/g) ?? []) document.getElementById(name.slice(1)) || lost('no ' + name)
    }
  }

  // The press is over: what waited for its end is done.
  const apply = () => {
    const due = [...held]
    holding = false
    held.clear()
    for (const [e, update] of due) e.isConnected && update()
    process()
  }
  // After a press a click may follow.
  const release = wait => {
    clearTimeout(releasing)
    releasing = setTimeout(apply, wait)
  }
  for (const name of ['pointerup', 'pointercancel', 'dragend', 'keyup']) document.addEventListener(name, () => release(500), true)
  // The end of a press in another window is not heard here.
  addEventListener('blur', () => release(500))

  for (const name of ['pointerdown', 'keydown']) document.addEventListener(name, e => {
    if (e.button || e.key && e.key !== 'Enter' && (e.key !== ' ' || e.target.selectionStart != null)) return
    // A key that stays down clicks again and again. What it clicks may be something else by then.
    if (e.repeat) return press.changed && press.control?.contains(e.target) && e.preventDefault()
    const control = e.target.closest?.(controls)
    if (control !== press.control) apply()
    clearTimeout(releasing)
    holding = true
    press = e
    e.path = e.composedPath()
    e.control = control
    e.on = control ?? e.target.closest?.('[id]') ?? e.target
  }, true)

  // A click during which something changed, so that its button moved away under the mouse or finger or the browser forgot that
  // it was pressed, is made up for. What the browser clicks instead, another row or what holds both, is not clicked.
  document.addEventListener('click', e => {
    if (press.done) return
    if (press.on?.contains(e.target)) {
      press.done = true
      release()
    } else if (press.due && e.isTrusted && (press.control || press.on.isConnected || !press.path.includes(e.target))) {
      e.preventDefault()
      e.stopImmediatePropagation()
    }
  }, true)
  document.addEventListener('mouseup', e => {
    const p = press
    p.due = p.changed && !e.button && (p.pointerType === 'touch' || Math.hypot(e.x - p.x, e.y - p.y) < 9)
    if (p.due) setTimeout(() => {
      if (p.done || p !== press) return
      (p.target.isConnected ? p.target : p.on).dispatchEvent(new MouseEvent('click', e))
      p.done = true
    })
  }, true)

  const create = htmx.createEventSource
  if (create) htmx.createEventSource = url => {
    const source = create(url)
    source.addEventListener('message', e => begin(e.data))
    return source
  }
  const isPageChange = headers => headers?.['HX-Live'] === 'page'
  document.addEventListener('htmx:beforeSwap', e => {
    ours = null
    if (isPageChange(e.detail.requestConfig?.headers)) begin(e.detail.serverResponse, true)
  })
  document.addEventListener('htmx:oobBeforeSwap', e => {
    const { target, fragment } = e.detail, inside = fragment.nodeType === 1
    if (ours && take(target, inside ? fragment : fragment.firstElementChild, inside)) e.detail.shouldSwap = false
  })

  document.addEventListener('htmx:before:swap', e => {
    const { ctx, tasks } = e.detail
    const streams = ctx.sourceElement?.matches?.(connect)
    if (!streams && !isPageChange(ctx.request?.headers)) return
    begin(ctx.text, !streams)
    for (const task of tasks) {
      if (task.type !== 'oob') continue
      if (take(task.target, task.fragment.firstElementChild, task.swapSpec.style !== 'outerHTML')) task.swapSpec = { style: 'none' }
    }
  })

  const start = () => note(document)
  document.readyState === 'loading' ? addEventListener('DOMContentLoaded', start) : start()
})();
