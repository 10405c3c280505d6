import {describe, expect, test} from 'vitest'
import {linkedPath, parseEntryPath} from '../../src/archive/entry.js'

describe('a path in an archive', () => {
  test.each([
    ['./usr/lib/', 'usr/lib'],
    ['boot//vmlinuz', 'boot/vmlinuz'],
    ['a/./b', 'a/b'],
    ['..a/b..', '..a/b..'],
    ['naïve 日本.cfg', 'naïve 日本.cfg'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['a/'.repeat(64), 'a/'.repeat(64).slice(0, -1)],
  ])('%j is safe', (text, expected) => expect(parseEntryPath(text, 'a.tar')).toBe(expected))

  test.each([
    ['', 'names nothing'],
    ['./', 'names nothing'],
    ['/etc/passwd', 'absolute'],
    ['C:/boot.ini', 'absolute'],
    ['../x', '".."'],
    ['a/../../x', '".."'],
    ['a/..', '".."'],
    ['..\\x', 'backslash'],
    ['a\0b', 'NUL'],
    ['a\nb', 'control'],
    ['a\u0085b', 'control'],
    ['a\ud800b', 'surrogate'],
    ['x'.repeat(256), '255'],
    ['日'.repeat(86), '255'],
    ['a/'.repeat(65), 'deeper than 64'],
    ['abc/'.repeat(1024), '4095'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parseEntryPath(text, 'a.tar')).toThrow(
      expect.objectContaining({code: 'ARCHIVE_PATH_UNSAFE', message: expect.stringContaining(why)}),
    )
  })
})

describe('where a link leads', () => {
  const link = (path: string, linkTarget: string, isHardLink?: true): string | undefined =>
    linkedPath({path, kind: 'link', sizeBytes: 0, linkTarget, ...(isHardLink ? {isHardLink} : {})})
  test.each([
    ['boot/vmlinuz', '../pool/kernel', 'pool/kernel'],
    ['vmlinuz', './boot//kernel', 'boot/kernel'],
    ['a/b/c', '../../d', 'd'],
    ['a', '../d', undefined],
    ['a/b', '../../d', undefined],
    ['a', '/etc/passwd', undefined],
    ['a', '', undefined],
    ['a/b', '..', undefined],
    ['a', 'b\\c', undefined],
  ])('%s → %s: %s', (path, target, expected) => expect(link(path, target)).toBe(expected))
  test('a hard link counts from the top', () => expect(link('a/b', 'c/d', true)).toBe('c/d'))
})
