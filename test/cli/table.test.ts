// Tables, and what becomes of them where they do not fit.
import {expect, test} from 'vitest'
import {renderTable} from '../../src/cli/table.js'

const HEADER = ['NAME', 'IP', 'BOOTS'] as const
const ROWS = [
  ['tk1', '192.168.56.21', 'root root_with_a_long_name'],
  ['tk2', '192.168.56.22', 'default'],
] as const

test('columns are as wide as their widest cell; what is no terminal has all the width it needs', () => {
  expect(renderTable(HEADER, ROWS)).toBe(
    'NAME  IP             BOOTS\ntk1   192.168.56.21  root root_with_a_long_name\ntk2   192.168.56.22  default',
  )
})

test('a long last column is left to the terminal to wrap', () => {
  expect(renderTable(HEADER, ROWS, 37)).toBe(renderTable(HEADER, ROWS))
})

test('on a narrower terminal each row is a block', () => {
  expect(renderTable(HEADER, ROWS, 36)).toBe(
    'NAME   tk1\nIP     192.168.56.21\nBOOTS  root root_with_a_long_name\n\nNAME   tk2\nIP     192.168.56.22\nBOOTS  default',
  )
})
