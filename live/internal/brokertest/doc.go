// Package brokertest tells the stories that every driver of an engine must end well, with the engine itself: what two
// nodes hear of each other, and what open pages show after one of them was cut off.
package brokertest
