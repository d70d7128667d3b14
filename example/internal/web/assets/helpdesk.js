// What the helpdesk adds to htmx: none of it is needed for a page to be live.
(() => {
  // htmx 1 and 2 drop answers that are errors; ours are a notice or a form, and swap themselves in.
  document.addEventListener('htmx:beforeSwap', e => {
    if (e.detail.xhr?.status >= 400) e.detail.shouldSwap = true
  })

  // Rows that change light up for a moment, unless the whole list was replaced.
  const calm = matchMedia('(prefers-reduced-motion: reduce)')
  const light = row => {
    const colour = getComputedStyle(document.documentElement).getPropertyValue('--flash')
    row.animate([{ backgroundColor: colour }, {}], { duration: 1600, easing: 'ease-out' })
  }
  const rows = records => {
    const fresh = new Map()
    for (const record of records)
      for (const node of record.addedNodes)
        if (node.dataset?.id) fresh.set(node, record.target)
    for (const [row, list] of fresh)
      if (row.isConnected && !calm.matches && fresh.size <= list.children.length / 2 + 1) light(row)
  }
  for (const list of document.querySelectorAll('tbody, #comments')) new MutationObserver(rows).observe(list, { childList: true })

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
