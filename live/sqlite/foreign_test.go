package sqlite_test

import "os"

func foreign() bool { return os.Getenv("HTMXLIVE_FOREIGN") != "" }
