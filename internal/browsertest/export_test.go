package browsertest

import "syscall"

// Signal sends a signal to the processes that show a person's pages: of the whole browser, or of the person's own one.
func Signal(p *Person, signal syscall.Signal) {
	switch profile := p.profile.(type) {
	case *firefoxProfile:
		_ = syscall.Kill(-profile.firefox.process.cmd.Process.Pid, signal)
	case *webkitProfile:
		_ = syscall.Kill(-profile.driver.cmd.Process.Pid, signal)
	}
}

// Hasten makes a page's steps take no longer than its timeout.
func Hasten(p *Page) { p.step = p.timeout }
