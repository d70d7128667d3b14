// Package enginetest holds the live page to what a person sees of it, in every browser engine with every generation of
// htmx. Its tests are its whole content: one small application, and what somebody does with it.
//
// The hands and the pushes are fewer in `make test`, by the factor that the tests print; `make test-engines` has them all.
package enginetest
