export const handler = async (event) => {
  const { fields, files } = await event.form();
  const [file] = files;
  return {
    title: fields.title,
    tags: fields.tags,
    file: file ? { name: file.filename, type: file.type, size: file.data.length, first: file.data[0] } : null,
  };
};
