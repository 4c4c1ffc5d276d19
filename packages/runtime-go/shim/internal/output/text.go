package output

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxText is the most bytes of UTF-8 in one OUTPUT or LOG frame.
const MaxText = 8192

// Split is data as texts of at most 8 KiB, cut between characters; what is no UTF-8 reads as U+FFFD.
func Split(data []byte) []string {
	var texts []string
	text := strings.ToValidUTF8(string(data), "\uFFFD")
	for len(text) > MaxText {
		end := MaxText
		for !utf8.RuneStart(text[end]) {
			end--
		}
		texts = append(texts, text[:end])
		text = text[end:]
	}
	if text != "" {
		texts = append(texts, text)
	}
	return texts
}

// wholeRunes is how many bytes of data end with a whole character, unless what follows can be no character anyway.
func wholeRunes(data []byte) int {
	for back := 1; back <= utf8.UTFMax && back <= len(data); back++ {
		at := len(data) - back
		if !utf8.RuneStart(data[at]) {
			continue
		}
		if utf8.FullRune(data[at:]) {
			return len(data)
		}
		return at
	}
	return len(data)
}

func droppedLine(count int) string {
	return "\n… " + strconv.Itoa(count) + " more bytes dropped\n"
}
