/* Leaflet comes as a plain script that leaves `L` on the window; here it becomes a module. */
import "leaflet";

export default window.L;
