package main

import (
	"cmp"
	"slices"
)

// quantile is the value below which the part q of sorted lies.
func quantile[T any](sorted []T, q float64) T {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// Spread is the median of several runs, and the least and the most of them.
type Spread struct{ Median, Min, Max float64 }

// spreadOf is the spread of what value says of each run.
func spreadOf[R any](runs []R, value func(R) float64) Spread {
	if len(runs) == 0 {
		return Spread{}
	}
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = value(r)
	}
	slices.SortFunc(values, cmp.Compare)
	mid := len(values) / 2
	median := values[mid]
	if len(values)%2 == 0 {
		median = (values[mid-1] + values[mid]) / 2
	}
	return Spread{Median: median, Min: values[0], Max: values[len(values)-1]}
}
