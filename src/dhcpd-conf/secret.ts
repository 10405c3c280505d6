// Secrets of keys (`key NAME { secret …; }`, and Kea's "secret": "…") in text that people and logs see.

const SECRET = /(\bsecret[ \t]+)(?![* \t])[^;{}\r\n]+(?=;|$)/gim
const JSON_SECRET = /("(?:secret|password)"[ \t]*:[ \t]*")(?:[^"\\\r\n]|\\.)+/gi

/** The text with stars for each secret. Only for showing: nothing that is written to a file may pass here. */
export function hideSecrets(text: string): string {
  return text.replace(SECRET, '$1********').replace(JSON_SECRET, '$1********')
}
