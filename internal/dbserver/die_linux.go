package dbserver

import "syscall"

// dieWithUs makes the kernel end the server when this process is killed.
func dieWithUs(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	attr.Pdeathsig = syscall.SIGQUIT
	return attr
}
