package livetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func others(_ *testing.T, e *engine) {
	a, b := e.node(), e.node()
	follows, elsewhere := b.subscribe("tickets", "end"), b.subscribe("users", "end")
	a.publish("tickets")
	a.publish("end")
	follows.hears("tickets", "end")
	elsewhere.hears("end")
	follows.only("tickets", 1)
	elsewhere.only("tickets", 0)
}

func confirmed(_ *testing.T, e *engine) {
	a, b := e.node(), e.node()
	for i := range 100 {
		topic := fmt.Sprintf("topic %d", i)
		ear := b.subscribe(topic)
		a.publish(topic)
		ear.hears(topic)
		ear.unsubscribe()
	}
}

func anyTopic(_ *testing.T, e *engine) {
	a, b := e.node(), e.node()
	topics := []string{
		"a", "A", "a.b", "a.b.c", "a.*", "a.>", "*", ">", "a*", "a?", "[a]", "%", "_", " a", "a ", "a:b", "a/b", "a\"b", "a'b",
		`a\b`, "a,b", "a;b", "a\nb", "a\r\nb", "a\tb", "ä→🎫", "$x", "{a}", strings.Repeat("long ", 200),
	}
	all := b.subscribe(topics...)
	ears := make([]*ear, len(topics))
	for i, topic := range topics {
		ears[i] = b.subscribe(topic, "end")
	}
	a.publish(topics...)
	a.publish("end")
	all.hears(topics...)
	for i, topic := range topics {
		ears[i].hears(topic, "end")
		for _, other := range topics {
			if other != topic {
				ears[i].only(other, 0)
			}
		}
		ears[i].only(topic, 1)
	}
}

func manyTopics(_ *testing.T, e *engine) {
	a, b := e.node(), e.node()
	topics := make([]string, 500)
	for i := range topics {
		topics[i] = fmt.Sprintf("row %d", i)
	}
	ear := b.subscribe(append(topics, "end")...)
	a.publish(topics...)
	a.publish("end")
	ear.hears(append(topics, "end")...)
	for _, topic := range topics {
		ear.only(topic, 1)
	}
}

func independent(_ *testing.T, e *engine) {
	a, b := e.node(), e.node()
	gone, stays := b.subscribe("tickets"), b.subscribe("tickets", "end")
	a.publish("tickets")
	gone.hears("tickets")
	stays.hears("tickets")
	gone.unsubscribe()
	a.publish("tickets")
	a.publish("end")
	stays.hears("end")
	stays.only("tickets", 2)
	gone.only("tickets", 1)
	again := b.subscribe("tickets")
	a.publish("tickets")
	again.hears("tickets")
}

func parallel(_ *testing.T, e *engine) {
	const nodes, topics = 4, 25
	var all []*node
	for range nodes {
		all = append(all, e.node())
	}
	var running sync.WaitGroup
	for i, n := range all {
		from := all[(i+1)%nodes]
		for j := range topics {
			topic := fmt.Sprintf("topic %d of node %d", j, i)
			ear := n.subscribe(topic)
			running.Go(func() { from.publish(topic) })
			running.Go(func() { ear.hears(topic) })
		}
	}
	running.Wait()
}

func reentrant(_ *testing.T, e *engine) {
	a, b := e.node(), e.node()
	answer := a.subscribe("answer")
	var answering sync.WaitGroup
	b.handle(func(topic string) {
		if topic == e.prefix+"question" {
			answering.Go(func() { b.publish("answer") }) // a handler never blocks
		}
	}, "question")
	a.publish("question")
	answer.hears("answer")
	answering.Wait()
}
