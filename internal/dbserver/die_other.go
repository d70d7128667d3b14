//go:build unix && !linux

package dbserver

import "syscall"

// dieWithUs does nothing: other systems have no such thing, so a killed test leaves its server behind.
func dieWithUs(attr *syscall.SysProcAttr) *syscall.SysProcAttr { return attr }
