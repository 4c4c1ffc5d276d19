package main

func handler() any {
	return "never"
}
