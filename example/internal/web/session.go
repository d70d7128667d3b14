package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
)

// agentKey is where the session holds the agent's ID.
const agentKey = "agent"

// tokenParam is the parameter in which pages hand their streams a token.
const tokenParam = "live"

func (d *Desk) login(g *echo.Group) {
	get(g, "/login", d.getLogin)
	g.POST("/login", d.postLogin)
	g.POST("/logout", d.postLogout)
}

// loginGroup is a team on the login page.
type loginGroup struct {
	Name   string
	Boss   bool
	Agents []store.Agent
}

func (d *Desk) getLogin(c echo.Context) error {
	if onlyStream(c) {
		return echo.NewHTTPError(http.StatusNotAcceptable, "The login is a page that never changes: it has no stream.")
	}
	ctx, cancel := d.lookUp(c)
	defer cancel()
	agents, err := d.db.Agents(ctx)
	if err != nil {
		return err
	}
	var groups []loginGroup
	for _, a := range agents { // administrators first, then team by team
		name := a.Team.Name
		if a.Admin {
			name = "Administrator"
		}
		if len(groups) == 0 || groups[len(groups)-1].Name != name {
			groups = append(groups, loginGroup{Name: name, Boss: a.Admin})
		}
		last := &groups[len(groups)-1]
		last.Agents = append(last.Agents, a)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return d.showStill(c, http.StatusOK, "login.html", struct {
		frame

		Next   string
		Groups []loginGroup
	}{newFrame(c, "Log in", ""), localPath(c.QueryParam("next")), groups})
}

func (d *Desk) postLogin(c echo.Context) error {
	sent, err := sentForm(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(sent.Get("agent"), 10, 64)
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, "The field agent must be the number of an agent.")
	}
	ctx, cancel := d.lookUp(c)
	defer cancel()
	agent, err := d.db.Agent(ctx, id)
	if errors.Is(err, live.ErrGone) {
		return echo.NewHTTPError(http.StatusBadRequest, "The field agent names nobody who works here.")
	}
	if err != nil {
		return err
	}
	// A new live key for a new person: the pages of the old session end.
	if err := middleware.RotateSession(c); err != nil {
		return err
	}
	session, err := d.sessions.Get(c.Request(), sessionName)
	if err != nil && session == nil {
		return err
	}
	session.Values[agentKey] = agent.ID
	if err := middleware.SetUser(c, "agent:"+strconv.FormatInt(agent.ID, 10)); err != nil { // saves the session, too
		return err
	}
	to := localPath(sent.Get("next"))
	if to == "" {
		to = lookOf(c).link("/tickets")
	}
	return c.Redirect(http.StatusSeeOther, to)
}

func (d *Desk) postLogout(c echo.Context) error {
	if err := middleware.Revoke(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, lookOf(c).link("/login"))
}

// localPath is a path of this site, or "" for anything else: a link to the login must not lead elsewhere afterwards. With
// the token of a stream it would lead to the stream instead of the page, so that is left out.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return ""
	}
	if query := u.Query(); query.Has(tokenParam) {
		query.Del(tokenParam)
		u.RawQuery = query.Encode()
		return u.String()
	}
	return to
}

// requireAgent sends requests without a login to the login. The middleware makes a 401 of it for streams.
func (d *Desk) requireAgent(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		agent, err := d.currentAgent(c)
		switch {
		case errors.Is(err, live.ErrGone):
			return sendToLogin(c)
		case err != nil:
			return err
		}
		c.Set("agent", agent)
		return next(c)
	}
}

// currentAgent is the agent of the session. The error is ErrGone without a login, and when the agent no longer works here.
func (d *Desk) currentAgent(c echo.Context) (store.Agent, error) {
	// A cookie that cannot be read (its key was rotated out) is an error and an empty session: nobody is logged in.
	session, err := d.sessions.Get(c.Request(), sessionName)
	if session == nil {
		return store.Agent{}, err
	}
	id, ok := session.Values[agentKey].(int64)
	if !ok {
		return store.Agent{}, store.ErrGone
	}
	if c.Request().Method == http.MethodGet && middleware.Socket(c).Connected() {
		return d.followAgent(middleware.Socket(c), id)
	}
	ctx, cancel := d.lookUp(c)
	defer cancel()
	return d.db.Agent(ctx, id)
}

// followAgent is the agent of a stream. Once they may see something else than when it began, what is live on the page goes
// and the browser loads it again. That is seen as soon as anything is that pages follow, and at the latest after the
// RightsInterval.
func (d *Desk) followAgent(s *live.Socket, id int64) (store.Agent, error) {
	var began *store.Scope // written by the first fetch
	return live.Keep(s, "agent", live.Query[store.Agent]{
		Fetch: func(ctx context.Context) (store.Agent, error) {
			ctx, cancel := context.WithTimeout(ctx, d.lookupTime)
			defer cancel()
			agent, err := d.db.Agent(ctx, id)
			switch scope := agent.Scope(); {
			case errors.Is(err, live.ErrGone) && began != nil, err == nil && began != nil && *began != scope:
				s.Reload()
			case err == nil && began == nil:
				began = &scope
			}
			return agent, err
		},
		RefetchInterval: d.rightsInterval,
	})
}

// lookUp limits how long a request waits for its agent.
func (d *Desk) lookUp(c echo.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.Request().Context(), d.lookupTime)
}

func sendToLogin(c echo.Context) error {
	login := lookOf(c).link("/login")
	if byHTMX(c) { // a redirect would be followed, and the login page swapped into this one
		c.Response().Header().Set("HX-Redirect", login)
		return c.NoContent(http.StatusUnauthorized)
	}
	if (c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead) && c.Request().URL.Path != "/" {
		separator := "?"
		if strings.Contains(login, "?") {
			separator = "&"
		}
		login += separator + "next=" + url.QueryEscape(c.Request().URL.RequestURI())
	}
	return c.Redirect(http.StatusSeeOther, login)
}

// agentOf is the agent that requireAgent found. Without one it is the zero Agent, which sees nothing.
func agentOf(c echo.Context) store.Agent {
	agent, _ := c.Get("agent").(store.Agent)
	return agent
}
