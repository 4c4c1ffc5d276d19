// The app draws what the URL says; the server gives the same page for all of them.
const main = document.querySelector('main');
const items = await (await fetch('/api/items')).json();
main.innerHTML = `<h1>${location.pathname}</h1><ul>${items.map(({ name }) => `<li>${name}</li>`).join('')}</ul>`;
