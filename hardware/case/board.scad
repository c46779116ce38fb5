// Drawn from hardware/enclosure.py; mm.
width = 140;
depth = 100;
wall = 2.4;
floor_ = 2.4;
clearance = 0.8;
post = 6;
board = 1.6;
above = 22;
behind = 9;
pilot = 2.5;
pilot_depth = 5;
holes = [
  [4, 96],
  [136, 96],
  [4, 4],
  [136, 4],
];
screws_x = [12, 78];
screw_post = 7.5;
// part, wall, along it, above the board, width, height
openings = [
  ["J1", "left", 17.45, 0, 14, 14.5],
  ["J2", "left", 35.45, 0, 14, 14.5],
  ["J3", "right", 17, 3, 9, 9],
  ["J4", "right", 46, 3, 9, 9],
  ["J5", "back", 111.15, 19.5, 54.9, 2.5],
  ["D40", "lid", 119.25, 27, 5.4, 5.4],
  ["SW1", "lid", 107.25, 33.75, 7, 7],
];
