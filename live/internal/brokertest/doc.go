// Package brokertest tells the stories that every driver of an engine must end well, with the engine itself: those of
// livetest.Broker, and what nodes hear and open pages show after one of them was cut off.
package brokertest
