// Numbers and times as people read them.

/** 12345678 as `12.3 MB`. */
export function bytes(count) {
  if (count === null || count === undefined) return 'unknown'
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** An ISO time as the clock of this place, with the day where it is not today. */
export function clock(iso) {
  if (iso === null || iso === undefined) return ''
  const at = new Date(iso)
  const time = at.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit', second: '2-digit'})
  return at.toDateString() === new Date().toDateString() ? time : `${at.toLocaleDateString()} ${time}`
}

/** How long ago, roughly: `12 s ago`. */
export function ago(iso, nowMs = Date.now()) {
  if (iso === null || iso === undefined) return 'never'
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}

/** `1 host`, `2 hosts` */
export function count(number, thing) {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}
