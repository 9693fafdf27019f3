// XML, JavaScript, SCSS, YAML and JSON look the same everywhere; Python is ruff's.
module.exports = {
  plugins: [require.resolve("@prettier/plugin-xml")],
  bracketSpacing: false,
  printWidth: 100,
  proseWrap: "preserve",
  trailingComma: "es5",
  xmlSelfClosingSpace: true,
  xmlWhitespaceSensitivity: "preserve",
};
