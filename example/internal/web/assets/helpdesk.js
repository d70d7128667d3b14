// What the helpdesk adds to htmx: none of it is needed for a page to be live.
(() => {
  // htmx 1 and 2 drop answers that are errors; ours are a notice or a form, and swap themselves in.
  document.addEventListener('htmx:beforeSwap', e => {
    if (e.detail.xhr?.status >= 400) e.detail.shouldSwap = true
    saved(e.detail.requestConfig?.elt, e.detail.xhr?.status)
  })
  document.addEventListener('htmx:after:request', e => saved(e.detail.ctx?.sourceElement, e.detail.ctx?.response?.status)) // htmx 4

  // What a form has saved is what it begins with from now on, and no longer something typed that a swap has to keep.
  const saved = (form, status) => {
    if (!form?.matches?.('form[method=post]') || !(status < 300)) return
    for (const field of form.elements) {
      if ('defaultValue' in field) field.defaultValue = field.value
      for (const option of field.options ?? []) option.defaultSelected = option.selected
    }
    form.reset()
  }

  // Rows that come or change light up for a moment, unless the whole list was replaced.
  const calm = matchMedia('(prefers-reduced-motion: reduce)')
  const light = row => {
    const colour = getComputedStyle(document.documentElement).getPropertyValue('--flash')
    row.animate([{ backgroundColor: colour }, {}], { duration: 1600, easing: 'ease-out' })
  }
  const follow = list => new MutationObserver(records => {
    const fresh = new Set() // rows that came, were replaced or hold something that changed
    for (const { target, addedNodes } of records)
      for (const node of target === list ? addedNodes : [target]) {
        const row = node.nodeType === 1 ? node.closest('[data-id]') : node.parentElement?.closest('[data-id]')
        if (row && list.contains(row)) fresh.add(row)
      }
    if (!calm.matches && fresh.size <= list.children.length / 2 + 1) fresh.forEach(light)
  }).observe(list, { childList: true, characterData: true, subtree: true })
  document.querySelectorAll('tbody, #comments').forEach(follow)

  // A field in which somebody is typing keeps what is typed when a colleague changes the ticket. Beside it stands what is
  // saved now, and above the form a sentence, which is read out.
  const theirs = () => {
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
    const sentence = document.getElementById('edit-theirs')
    const text = fields.length ? 'A colleague has changed this ticket. What you entered is still here, and nothing of it is saved yet.' : ''
    if (sentence.textContent !== text) sentence.textContent = text
  }
  const edit = document.getElementById('edit')
  if (edit) new MutationObserver(theirs).observe(edit, { childList: true, subtree: true, attributeFilter: ['data-server-value'] })

  // A notice goes by itself, unless it is bad news.
  let timer
  new MutationObserver(() => {
    const notice = document.getElementById('notice')
    clearTimeout(timer)
    if (notice?.textContent && !notice.classList.contains('bad')) timer = setTimeout(() => notice.replaceChildren(), 6000)
  }).observe(document.body, { childList: true })

  // The account sheet closes when something else is clicked.
  document.addEventListener('click', e => {
    for (const open of document.querySelectorAll('.who[open]')) if (!open.contains(e.target)) open.open = false
  })
})()
