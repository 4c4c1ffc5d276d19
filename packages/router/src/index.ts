export { compileRouteTable, type RouteTableOptions } from './compile.js';
export { describeRoutes, type MappedConflict, type MappedRoute, type RouteCatalog } from './describe.js';
