// The words that flags of image commands may have.
export {imageTypes} from '../images/manifest.js'
export {smartosConsoles} from '../images/smartos-options.js'
