package embedded

// Interest is how many subscriptions to a subject this node's server knows of, its own and those of other nodes.
func (b *Broker) Interest(subject string) int { return b.server.GlobalAccount().Interest(subject) }

// ClientURL is where the server takes clients.
func (b *Broker) ClientURL() string { return b.server.ClientURL() }
