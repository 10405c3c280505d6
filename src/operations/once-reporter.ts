// Trouble that lasts is told once, not with every request that meets it.

export type OnceReporter = {
  /** Tells it, unless it is what was told last about this topic. */
  tell(topic: string, message: string): void
  /** It is over: the next trouble with the topic is told again. */
  clear(topic: string): void
}

/** `tell` must not throw. */
export function onceReporter(tell: (message: string) => void): OnceReporter {
  const told = new Map<string, string>()
  return {
    tell: (topic, message) => {
      if (told.get(topic) === message) return
      told.set(topic, message)
      tell(message)
    },
    clear: (topic) => void told.delete(topic),
  }
}
