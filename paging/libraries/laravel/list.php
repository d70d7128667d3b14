<?php

use Illuminate\Contracts\Pagination\CursorPaginator;
use Illuminate\Database\Capsule\Manager as DB;

function listWithLaravel(): CursorPaginator
{
    return DB::table('tasks')->orderBy('status')->orderByDesc('due')->orderByDesc('id')->cursorPaginate(7);
}
