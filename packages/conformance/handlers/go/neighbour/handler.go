package main

func Handler(event any) any {
	return "neighbour"
}
