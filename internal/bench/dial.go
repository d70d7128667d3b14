package main

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"strings"
	"syscall"
	"time"
)

// socket is a stream's connection, taken out of package net: one loop reads all of them.
type socket struct {
	file  *os.File // keeps fd open
	fd    int32
	early []byte // of the body, read together with the headers
}

// sourcesEach is how many connections share a source address: fewer than there are ports.
const sourcesEach = 8000

// open connects stream number i and returns when its headers have come.
func open(addr string, i int, page, stalled bool) (*socket, error) {
	conn, err := dial(addr, i, stalled)
	if err != nil {
		return nil, fmt.Errorf("connect stream %d: %w", i, err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	url, cookie := "/", ""
	if page {
		if url, cookie, err = loadPage(conn, r, addr); err != nil {
			return nil, fmt.Errorf("load page %d: %w", i, err)
		}
	}
	if err := request(conn, addr, url, "text/event-stream", cookie); err != nil {
		return nil, err
	}
	early, err := readHeader(r)
	if err != nil {
		return nil, fmt.Errorf("open stream %d: %w", i, err)
	}
	return detach(conn, early)
}

func dial(addr string, i int, stalled bool) (*net.TCPConn, error) {
	d := net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i/sourcesEach))},
		Control: func(_, _ string, c syscall.RawConn) error {
			return c.Control(func(fd uintptr) {
				portLater(fd)
				if stalled {
					narrow(fd)
				}
			})
		},
	}
	conn, err := d.DialContext(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil //nolint:forcetypeassert // of a TCP address
}

// portLater lets the kernel choose the port when it connects, when it knows that only the pair of addresses has to be
// new: the ports of runs that have just ended are free then.
func portLater(fd uintptr) {
	const ipBindAddressNoPort = 24 // of linux/in.h, not in package syscall
	_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
}

// narrow leaves little room between the server and a client that does not read. Loopback has packets of 64 KB, and with
// them the kernel begins with a send buffer of megabytes; a browser far away has packets of 1460 bytes.
func narrow(fd uintptr) {
	_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
	_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 1460)
}

func request(conn net.Conn, addr, url, accept, cookie string) error {
	if cookie != "" {
		cookie = "Cookie: " + cookie + "\r\n"
	}
	_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nAccept: %s\r\n%s\r\n", url, addr, accept, cookie)
	return err
}

// loadPage is what a browser does first: it gets the page, with a session, and finds the stream that the page names.
func loadPage(conn net.Conn, r *bufio.Reader, addr string) (url, cookie string, err error) {
	if err := request(conn, addr, "/", "text/html", ""); err != nil {
		return "", "", err
	}
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		return "", "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", "", err
	}
	_, rest, found := strings.Cut(string(body), `sse-connect="`)
	if res.StatusCode != http.StatusOK || !found {
		return "", "", fmt.Errorf("%s: %.200s", res.Status, body)
	}
	for _, c := range res.Cookies() {
		cookie = c.Name + "=" + c.Value
	}
	url, _, _ = strings.Cut(rest, `"`)
	return html.UnescapeString(url), cookie, nil
}

// readHeader reads to the end of the headers and returns what came of the body with them.
func readHeader(r *bufio.Reader) (early []byte, err error) {
	t := textproto.NewReader(r)
	status, err := t.ReadLine()
	if err != nil {
		return nil, err
	}
	header, err := t.ReadMIMEHeader()
	if err != nil {
		return nil, err
	}
	if !strings.Contains(status, " 200 ") || header.Get("Content-Type") != "text/event-stream" || header.Get("Transfer-Encoding") != "chunked" {
		return nil, fmt.Errorf("not a stream: %s, %v", status, header)
	}
	early = make([]byte, r.Buffered())
	_, err = io.ReadFull(r, early)
	return early, err
}

// detach takes a connection away from package net: its poller would wake for each message as well.
func detach(conn *net.TCPConn, early []byte) (*socket, error) {
	file, err := conn.File()
	if err != nil {
		return nil, err
	}
	fd := int(file.Fd())
	return &socket{file: file, fd: int32(fd), early: early}, syscall.SetNonblock(fd, true)
}
