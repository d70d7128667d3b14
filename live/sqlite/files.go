package sqlite

import "sync"

// files are those that databases of this process have open. They belong to the process as SQLite's locks of them do: two
// databases in one file, such as one for readers and one for the writer, have to know each other's commits.
var files openFiles //nolint:gochecknoglobals // see above

// openFiles counts who has a file open. Its zero value has none.
type openFiles struct {
	mu    sync.Mutex
	files map[fileKey]*openFile // guarded by mu
}

// fileKey names a file of one keeper. What another keeper's databases commit is published by that keeper only.
type fileKey struct {
	keeper publisher
	name   string
}

type openFile struct {
	*file
	databases int
}

// open returns the file.
func (o *openFiles) open(key fileKey) *file {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.files[key]
	if f == nil {
		f = &openFile{file: newFile(key.name)}
		if o.files == nil {
			o.files = map[fileKey]*openFile{}
		}
		o.files[key] = f
	}
	f.databases++
	return f.file
}

// close closes the file with the last of its databases.
func (o *openFiles) close(key fileKey) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.files[key]
	if f.databases--; f.databases == 0 {
		delete(o.files, key)
		if c := f.counter.Load(); c != nil {
			c.close()
		}
	}
}
