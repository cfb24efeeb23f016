import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "build/", "node_modules/", "tests/**/fixtures/", "coverage/"] },
  {
    files: ["src/**/*.ts", "dsl/*.ts", "tests/**/*.ts", "vitest.config.ts"],
    extends: [tseslint.configs.recommended],
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      eqeqeq: ["error", "always"],
      "no-empty": ["error", { allowEmptyCatch: false }],
      "prefer-const": ["error", { destructuring: "all" }],
    },
  },
);
