package main

func handler() string {
	return "ok"
}
