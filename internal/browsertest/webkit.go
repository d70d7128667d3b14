package browsertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// errNoWebKit tells how to get what is missing.
var errNoWebKit = errors.New("browsertest: no WebKit (WebKitWebDriver and Xvfb on PATH): " +
	"run `make browsers`, or install Debian's packages webkit2gtk-driver and xvfb")

// webkit is a display for MiniBrowsers. A WebKitWebDriver has one session, and a session one set of cookies, so each
// person has a driver and a browser of their own.
type webkit struct {
	driver, dir string
	display     *process
	name        string // of the display, such as ":1"
	drivers     counter
}

func startWebKit() (engine, error) {
	driver, err := findProgram(errNoWebKit, "WebKitWebDriver")
	if err != nil {
		return nil, err
	}
	xvfb, err := findProgram(errNoWebKit, "Xvfb")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "htmxlive-webkit-")
	if err != nil {
		return nil, err
	}
	k := &webkit{driver: driver, dir: dir}
	if err := k.startDisplay(xvfb); err != nil {
		k.close()
		return nil, err
	}
	return k, nil
}

// startDisplay starts Xvfb, which chooses a number that is free and writes it to its file descriptor 3.
func (k *webkit) startDisplay(xvfb string) error {
	numbers, in, err := os.Pipe()
	if err != nil {
		return err
	}
	p, output, err := startProcess(k.dir, in, nil, xvfb, "-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset")
	_ = in.Close()
	if err != nil {
		_ = numbers.Close()
		return err
	}
	k.display = p
	go p.drain(output)
	match, err := p.waitForLine(numbers, `^(\d+)$`)
	if err != nil {
		return err
	}
	k.name = ":" + match[1]
	return nil
}

func (k *webkit) close() {
	if k.display != nil {
		k.display.kill()
	}
	_ = os.RemoveAll(k.dir)
}

// counter numbers the folders of the drivers.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

// webkitProfile is a driver, its browser and its one session.
type webkitProfile struct {
	driver  *process
	dir     string
	session *webdriver

	mu      sync.Mutex // one command at a time: each is for the window that was switched to
	current string
	free    string // the session's first window, until somebody opens it
}

func (k *webkit) newProfile(ctx context.Context) (profile, error) {
	dir := filepath.Join(k.dir, strconv.Itoa(k.drivers.next()))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	env := []string{"DISPLAY=" + k.name, "GDK_BACKEND=x11", "LIBGL_ALWAYS_SOFTWARE=1", "GSETTINGS_BACKEND=memory"}
	p := &webkitProfile{dir: dir}
	driver, output, err := startProcess(dir, nil, env, k.driver, "--port="+strconv.Itoa(port))
	if err != nil {
		return nil, err
	}
	p.driver = driver
	go driver.drain(output)
	p.session = newWebDriver("http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err := p.begin(ctx); err != nil {
		p.driver.kill()
		return nil, driver.failure(err.Error())
	}
	return p, nil
}

func (p *webkitProfile) begin(ctx context.Context) error {
	if err := p.session.begin(ctx, p.driver.dead); err != nil {
		return err
	}
	var first string
	err := p.session.call(ctx, http.MethodGet, "/window", nil, &first)
	p.current, p.free = first, first
	return err
}

// freePort is a port that nobody listens on now.
func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return address.Port, nil
}

func (p *webkitProfile) open(ctx context.Context, _ sink) (window, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free != "" {
		w := &webkitWindow{p, p.free}
		p.free = ""
		return w, nil
	}
	handle, err := p.newWindow(ctx)
	return &webkitWindow{p, handle}, err
}

func (p *webkitProfile) newWindow(ctx context.Context) (string, error) {
	var made struct{ Handle string }
	err := p.session.call(ctx, http.MethodPost, "/window/new", map[string]any{"type": "window"}, &made)
	return made.Handle, err
}

// spare makes sure that there is a window that nobody opened yet.
func (p *webkitProfile) spare(ctx context.Context) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free == "" {
		p.free, err = p.newWindow(ctx)
	}
	return err
}

// close ends the browser with its session, and then the driver.
func (p *webkitProfile) close(ctx context.Context) error {
	err := p.session.call(ctx, http.MethodDelete, "", nil, nil)
	p.session.close()
	p.driver.kill()
	return errors.Join(err, os.RemoveAll(p.dir))
}

func (p *webkitProfile) cookies(ctx context.Context) (cookies []cookie, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	err = p.session.call(ctx, http.MethodGet, "/cookie", nil, &cookies)
	return cookies, err
}

func (p *webkitProfile) setCookies(ctx context.Context, to string, cookies []cookie) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	host, err := hostOf(to)
	if err != nil {
		return err
	}
	for _, c := range cookies {
		c.Domain, c.Path = host, "/"
		if err := p.session.call(ctx, http.MethodPost, "/cookie", map[string]any{"cookie": c}, nil); err != nil {
			return err
		}
	}
	return nil
}

func hostOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("the address of a cookie: %w", err)
	}
	return u.Hostname(), nil
}
