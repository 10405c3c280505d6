// How far a boot is, as words and as a row of eight marks. The words are for everybody; the marks are for a quick look.
import {get} from './api.js'
import {h, setAttribute, setText} from './dom.js'
import {bytes} from './format.js'

/** The steps of a boot in their order, each with its words; the server has them. */
let steps = []

/** Must have been called before a state is shown. */
export async function loadSteps() {
  if (steps.length === 0) steps = (await get('/boot-steps')).steps
}

const CONDITION_WORDS = {
  unseen: 'not seen yet',
  booting: 'booting',
  stuck: 'stuck',
  'handed-over': 'handed over to its system',
  up: 'up',
}

/** One sentence: `booting: fetched a kernel`. */
export function stateWords({condition, step}) {
  const said = CONDITION_WORDS[condition] ?? condition
  return step === null || condition === 'up' || condition === 'unseen'
    ? said
    : `${said}: ${steps.find(({name}) => name === step)?.words ?? step}`
}

/** A state that can be changed: marks, words, and the progress of a transfer. */
export function makeStateView() {
  const marks = steps.map(() => h('span', {class: 'mark'}))
  const words = h('span', {class: 'words'})
  const bar = h('progress', {max: '1', value: '0', 'aria-label': 'progress of the transfer'})
  const share = h('span', {class: 'share'})
  const progress = h('span', {class: 'running', hidden: true}, bar, share)
  const element = h('div', {class: 'state'}, h('span', {class: 'marks', 'aria-hidden': 'true'}, marks), words, progress)
  return {
    element,
    /** `transfer`: what goes to the host now, if anything. */
    update(state, transfer) {
      setAttribute(element, 'data-condition', state.condition)
      const reached = steps.findIndex(({name}) => name === state.step)
      marks.forEach((mark, index) => setAttribute(mark, 'data-reached', index <= reached ? 'yes' : null))
      setText(words, stateWords(state))
      const isRunning = transfer !== undefined
      if (progress.hidden === isRunning) progress.hidden = !isRunning
      if (!isRunning) return
      const whole = transfer.sizeBytes
      const done = whole === undefined || whole === 0 ? undefined : Math.min(1, transfer.bytes / whole)
      setAttribute(bar, 'value', done === undefined ? null : done.toFixed(3))
      setText(share, done === undefined ? bytes(transfer.bytes) : `${Math.floor(done * 100)} %`)
    },
  }
}
