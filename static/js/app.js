/* Entry of every page. An element with data-module="name" gets the module js/name.js, whose default
   export is called once with the element. Only names in the import map can be loaded. */
import "app/toast";

const started = new WeakSet();

async function start(element) {
  if (started.has(element)) return;
  started.add(element);
  for (const name of element.dataset.module.split(/\s+/).filter(Boolean)) {
    try {
      const module = await import(`app/${name}`);
      await module.default?.(element);
    } catch (error) {
      console.error(`Module ${name} could not start`, error);
    }
  }
}

export function startModules(root) {
  const found = [...(root.querySelectorAll?.("[data-module]") ?? [])];
  if (root.matches?.("[data-module]")) found.unshift(root);
  return Promise.all(found.map(start));
}

// Said aloud, so that a test clicks no button before its module listens.
startModules(document).then(() => { document.documentElement.dataset.modules = "started"; });
// Parts that htmx brings are looked through too; the event comes from the element itself.
document.addEventListener("htmx:after:process", (event) => startModules(event.target));
