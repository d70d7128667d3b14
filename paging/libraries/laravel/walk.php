<?php

// Walks the list of list.php over the sixty tasks of the other lists, and fails where it shows other rows than docs/paging.md says.

require 'Illuminate/Database/autoload.php'; // of Debian's packages
require 'Illuminate/Pagination/autoload.php';
require __DIR__ . '/list.php';

use Illuminate\Database\Capsule\Manager as DB;
use Illuminate\Pagination\Cursor;
use Illuminate\Pagination\CursorPaginator;

$cursor = null;
CursorPaginator::currentCursorResolver(function () use (&$cursor) {
    return Cursor::fromEncoded($cursor);
});
$db = new DB();
$db->addConnection(['driver' => 'sqlite', 'database' => ':memory:']);
$db->setAsGlobal();
DB::statement('CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL, due TEXT)');
DB::statement("INSERT INTO tasks WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 60)
    SELECT id, CASE WHEN id % 2 = 0 THEN 'open' ELSE 'closed' END, datetime('2026-01-01', (id / 4) || ' seconds') FROM n");

$failed = false;
foreach (['every due date' => 60, 'NULL in a third of them' => 40] as $what => $expected) {
    if ($expected < 60) {
        DB::table('tasks')->whereRaw('id % 3 = 0')->update(['due' => null]);
    }
    $shown = [];
    do {
        $page = listWithLaravel();
        foreach ($page->items() as $task) {
            $shown[] = $task->id;
        }
        $cursor = $page->nextCursor()?->encode();
    } while ($cursor !== null && count($shown) < 100);
    $all = DB::table('tasks')->orderBy('status')->orderByDesc('due')->orderByDesc('id')->pluck('id')->all();
    echo count($shown), ' of 60 tasks, with ', $what, $shown === $all ? ', in order' : '', "\n";
    $failed = $failed || count($shown) !== $expected || $expected === 60 && $shown !== $all;
}
exit($failed ? 1 : 0);
