package main

const helper = "HELPER-ONE"
