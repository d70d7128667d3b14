package sqlite

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// counter reads how often a database file was committed to, whichever program did. In rollback mode the number is the
// change counter in the header of the file, in WAL mode that in the header of the wal-index (the -shm file).
//
// It reads both through a connection of its own and SQLite's own file handle: a file that this process opened a second
// time would take every lock of SQLite's along when it is closed (POSIX).
type counter struct {
	mu   sync.Mutex // guards everything below
	tls  *libc.TLS
	db   uintptr // *sqlite3, 0 once it is closed
	file uintptr // *sqlite3_file of the database
	buf  uintptr // headerSize bytes, and a pointer
	shm  uintptr // the wal-index, 0 until the file is in WAL mode
}

// commits is a number of commits. Numbers are compared with others of the same mode only.
type commits struct {
	n   uint32
	wal bool
}

const (
	headerAt   = 18 // of the versions in the header of the file, 2 where it is in WAL mode
	headerSize = 10
	counterAt  = 24 - headerAt // big endian
	walVersion = 2
	shmAt      = 8 // of the counter in the wal-index, in the byte order of the machine
	shmRegion  = 32 << 10
	pointerAt  = 16 // in buf
	bufSize    = 32
)

var errClosed = errors.New("sqlite: the database is closed")

// openCounter opens a counter of the file at path. It makes no file.
func openCounter(path, vfs string) (*counter, error) {
	c := &counter{tls: libc.NewTLS()}
	if err := c.open(path, vfs); err != nil {
		c.close()
		return nil, fmt.Errorf("sqlite: count the commits of %s: %w", path, err)
	}
	return c, nil
}

func (c *counter) open(path, vfs string) error {
	if c.buf = libc.Xmalloc(c.tls, bufSize); c.buf == 0 {
		return errors.New("out of memory")
	}
	zPath, err := libc.CString(path)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, zPath)
	var zVFS uintptr
	if vfs != "" {
		if zVFS, err = libc.CString(vfs); err != nil {
			return err
		}
		defer libc.Xfree(c.tls, zVFS)
	}
	rc := sqlite3.Xsqlite3_open_v2(c.tls, zPath, c.buf, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_FULLMUTEX, zVFS)
	c.db = *(*uintptr)(pointer(c.buf))
	if rc != sqlite3.SQLITE_OK {
		return resultCode(rc)
	}
	if rc := sqlite3.Xsqlite3_file_control(c.tls, c.db, 0, sqlite3.SQLITE_FCNTL_FILE_POINTER, c.buf); rc != sqlite3.SQLITE_OK {
		return resultCode(rc)
	}
	c.file = *(*uintptr)(pointer(c.buf))
	return nil
}

// first is read for the first time. It waits for a program that recovers the file or makes it a WAL file at that moment.
func (c *counter) first() (commits, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.exec("PRAGMA busy_timeout = 5000"); err != nil {
		return commits{}, err
	}
	now, err := c.now()
	return now, errors.Join(err, c.exec("PRAGMA busy_timeout = 0"))
}

// read returns the number. It takes no lock of the file, so that it may be called with a commit under way. In rollback
// mode the number may then be that of a commit that has not happened yet.
func (c *counter) read() (commits, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// readCommitted returns the number while it holds a shared lock, so that no commit is under way. It is an error while
// another connection locks the file.
func (c *counter) readCommitted() (commits, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.exec("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1"); err != nil {
		return commits{}, errors.Join(err, c.exec("ROLLBACK"))
	}
	now, err := c.now()
	return now, errors.Join(err, c.exec("COMMIT"))
}

// now is read. It holds mu.
func (c *counter) now() (commits, error) {
	if c.db == 0 {
		return commits{}, errClosed
	}
	if c.shm != 0 { // the file stays in WAL mode as long as the counter is connected
		return c.wal(), nil
	}
	methods := (*sqlite3.Tsqlite3_io_methods)(pointer((*sqlite3.Tsqlite3_file)(pointer(c.file)).FpMethods))
	if methods == nil {
		return commits{}, errors.New("sqlite: the database has no file")
	}
	xRead := *(*func(*libc.TLS, uintptr, uintptr, int32, int64) int32)(unsafe.Pointer(&struct{ uintptr }{methods.FxRead}))
	if rc := xRead(c.tls, c.file, c.buf, headerSize, headerAt); rc != sqlite3.SQLITE_OK && rc != sqlite3.SQLITE_IOERR_SHORT_READ {
		return commits{}, resultCode(rc)
	}
	header := unsafe.Slice((*byte)(pointer(c.buf)), headerSize)
	if header[0] != walVersion {
		b := header[counterAt:]
		return commits{n: uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])}, nil
	}
	if err := c.mapShm(methods); err != nil {
		return commits{}, err
	}
	return c.wal(), nil
}

// mapShm begins to read in WAL mode, which maps the wal-index, and keeps the file in it. It holds mu.
func (c *counter) mapShm(methods *sqlite3.Tsqlite3_io_methods) error {
	if err := c.exec("SELECT 1 FROM sqlite_schema LIMIT 1"); err != nil {
		return err
	}
	if methods.FiVersion < 2 || methods.FxShmMap == 0 {
		return errors.New("sqlite: the VFS shares no memory")
	}
	at := c.buf + pointerAt
	xShmMap := *(*func(*libc.TLS, uintptr, int32, int32, int32, uintptr) int32)(unsafe.Pointer(&struct{ uintptr }{methods.FxShmMap}))
	if rc := xShmMap(c.tls, c.file, 0, shmRegion, 0, at); rc != sqlite3.SQLITE_OK {
		return resultCode(rc)
	}
	if c.shm = *(*uintptr)(pointer(at)); c.shm == 0 {
		return errors.New("sqlite: the wal-index is not there yet")
	}
	return nil
}

func (c *counter) wal() commits {
	return commits{n: atomic.LoadUint32((*uint32)(pointer(c.shm + shmAt))), wal: true}
}

func (c *counter) exec(sql string) error {
	if c.db == 0 {
		return errClosed
	}
	zSQL, err := libc.CString(sql)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, zSQL)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.db, zSQL, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return resultCode(rc)
	}
	return nil
}

// close may be called twice.
func (c *counter) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tls == nil {
		return
	}
	if c.db != 0 {
		sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	}
	libc.Xfree(c.tls, c.buf)
	c.tls.Close()
	c.db, c.shm, c.buf, c.tls = 0, 0, 0, nil
}

func resultCode(rc int32) error { return fmt.Errorf("SQLite's result code %d", rc) }

// pointer is an address of SQLite's memory, which Go's collector does not know.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }
