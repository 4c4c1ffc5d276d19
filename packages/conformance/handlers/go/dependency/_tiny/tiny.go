// Package tiny is a dependency.
package tiny

// Name tells who it is.
const Name = "example.com/tiny"
