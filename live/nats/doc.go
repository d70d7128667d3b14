// Package nats lets the nodes of an application hear each other's changes through NATS.
package nats
