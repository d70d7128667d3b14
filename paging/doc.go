// Package paging turns the parameters of a URL into one page of a list, and that page into links.
//
// A request says ?after=…&limit=20&sort=-priority; Config.Parse makes Options of it, or an *Error that names the parameter
// and means 400. Options write the SQL (or Slice serves them from memory), NewPage makes a Page of the rows, and its Links
// lead to the first, previous, next, last and numbered pages with all other parameters kept.
//
// A List does all of that for one type of row, and is what a program makes first: New checks it once, and takes columns, values and
// the place of NULLs from the tags of a struct.
//
// What it promises:
//
//   - Every row once. Walking a keyset list visits each row exactly once in the order of the sort, for any sort with NULLs,
//     ties and mixed directions. Rows that stay are neither skipped nor repeated while others are inserted and deleted,
//     as long as their own sort values stay.
//   - The same cost at any depth of a keyset list, given the index that Sort.Index names: no page reads the rows before it.
//   - Nothing to forge. Cursors are encrypted and authenticated, bound to the list's name, the order, the filters and the
//     viewer's scope. One that is forged is ErrForged, one that is merely outdated ErrOutdated. The same place has the same URL.
//   - No surprise from a URL. Limits are clamped once, counting is up to the program, everything else that cannot be
//     followed exactly is refused; no request makes it panic.
//   - Exact values. 64-bit integers, times to the nanosecond, NaN, NULL and "" survive a cursor.
//
// What it asks of you: the last key of every Sort is unique, a column that can be NULL says so (Nulls), and what the viewer
// may see is in your WHERE and in the scope that Parse gets.
//
// Pages by offset are there too (Mode), with page numbers, for lists that need them and are small enough.
//
// A live page (package live) follows the rows it shows: Options.Restrict fetches them by their keys,
// and Page.With, or Frame and Thaw across processes, keep links and totals as they were.
//
// The whole of it is in the first example.
package paging
