local count = 0

return function(event)
  count = count + 1
  return { count = count, pid = event.context.gateway.worker_pid }
end
