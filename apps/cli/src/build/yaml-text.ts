/** A text as a YAML scalar. JSON's way of quoting is YAML's too. */
export function yamlText(text: string): string {
  return JSON.stringify(text);
}
