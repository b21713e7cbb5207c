/** Has the browser of the person save something as a file. Its type is none, so that nothing of it is ever shown or run here. */
export function saveAs(name: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
