export { type CodeMapShape, codeColour, codeMap, codeMapRows } from "./code-map.js";
export { filmGrid, interpolation, type RowsOptions, reconstructionRows, sampleGrid } from "./grids.js";
export { inverseNormal, latentManifold, type ManifoldOptions, manifoldLatents, normalCdf } from "./manifold.js";
export { type ImageShape, type Picture, stack, type TileOptions, tile } from "./picture.js";
export { coordinatePlane, type Plane, posteriorEllipses, project } from "./plane.js";
export { type RolloutRowsOptions, rolloutRows } from "./rollout.js";
export { type Ellipse, labelColour, latentScatter, type ScatterOptions } from "./scatter.js";
export {
  byActivity,
  type DimensionScale,
  latentTraversal,
  type TraversalOptions,
  traversalLatents,
} from "./traversal.js";
