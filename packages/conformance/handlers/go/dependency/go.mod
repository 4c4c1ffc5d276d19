module example.com/dependency

go 1.19

require example.com/tiny v0.0.0

replace example.com/tiny => ./_tiny
