// Few, sharp rules; prettier decides the rest.
import tseslint from 'typescript-eslint'

export default tseslint.config(
  {ignores: ['dist/', 'node_modules/', 'coverage/', 'demo-lab/', '**/*.js']},
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: {project: './test/tsconfig.json', tsconfigRootDir: new URL('..', import.meta.url).pathname},
    },
    plugins: {'@typescript-eslint': tseslint.plugin},
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {allowForKnownSafeCalls: [{from: 'package', package: 'node:test', name: ['test', 'before', 'after']}]},
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      'no-restricted-properties': [
        'error',
        {object: 'process', property: 'exit', message: 'throw a PxectlError; cli/base-command.ts sets the exit status'},
      ],
      'prefer-const': 'error',
      eqeqeq: ['error', 'always'],
    },
  },
)
