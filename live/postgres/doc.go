// Package postgres joins the nodes of an application through PostgreSQL's LISTEN and NOTIFY.
package postgres
