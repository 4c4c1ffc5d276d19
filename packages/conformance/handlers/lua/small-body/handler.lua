return function(event) return { size = #event.raw_body } end
