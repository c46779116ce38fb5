// Case of the Linekeeper line interface, rev R1; its figures are in board.scad.
// Print in PETG or ABS, flame retardant if you can get it, without supports:
//   openscad -o tray.stl -D 'part="tray"' case.scad
//   openscad -o lid.stl  -D 'part="lid"'  case.scad
part = "both";
$fn = 40;

include <board.scad>

ix = width + 2 * clearance;                 // inside
iy = depth + 2 * clearance + behind;
iz = post + board + above;
bosses = [for (x = screws_x) [x, depth + clearance + behind / 2]];
top = floor_ + post + board;                // upper side of the board

module at_board() translate([wall + clearance, wall + clearance, 0]) children();

module round_box(x, y, z, r = 3)
  hull() for (a = [r, x - r], b = [r, y - r]) translate([a, b, 0]) cylinder(r = r, h = z);

module opening(o) {
  w = o[4]; h = o[5];
  if (o[1] == "left")
    translate([-wall - clearance - 1, o[2] - w / 2, top + o[3] - 0.5])
      cube([wall + clearance + 2, w, h]);
  if (o[1] == "right")
    translate([width - 1, o[2], top + o[3]]) rotate([0, 90, 0])
      cylinder(d = w, h = wall + clearance + 3);
  if (o[1] == "back")
    translate([o[2] - w / 2, depth + clearance + behind - 1, top + o[3]])
      cube([w, wall + 3, h + 5]);
}

module tray() {
  difference() {
    round_box(ix + 2 * wall, iy + 2 * wall, floor_ + iz);
    translate([wall, wall, floor_]) cube([ix, iy, iz + 1]);
    at_board() for (o = openings) opening(o);
    // slots for the lid's tongues, in the wall opposite of the screws
    for (x = [0.25, 0.75]) translate([x * ix, -1, floor_ + iz - 6]) cube([12, wall + 1.2, 3]);
  }
  at_board() {
    for (h = holes) translate([h[0], h[1], 0]) difference() {
      cylinder(d = 7, h = floor_ + post);
      translate([0, 0, floor_ + post - pilot_depth]) cylinder(d = pilot, h = pilot_depth + 1);
    }
    for (b = bosses) translate([b[0], b[1], 0]) difference() {
      cylinder(d = screw_post, h = floor_ + iz - 0.2);
      translate([0, 0, floor_ + iz - 12]) cylinder(d = pilot, h = 13);
    }
  }
}

// Printed lying on its face; turned over it closes the tray.
module lid() {
  gap = 0.3;
  difference() {
    union() {
      round_box(ix + 2 * wall, iy + 2 * wall, floor_);
      translate([wall + gap, wall + gap, 0]) difference() {
        cube([ix - 2 * gap, iy - 2 * gap, floor_ + 3]);
        translate([1.6, 1.6, floor_]) cube([ix - 2 * gap - 3.2, iy - 2 * gap - 3.2, 4]);
      }
      for (x = [0.25, 0.75])
        translate([x * ix + 1, wall - 1.6, floor_ + 3.3]) cube([10, 4, 2.2]);
    }
    at_board() {
      for (b = bosses) translate([b[0], b[1], -1]) { cylinder(d = 3.4, h = 9); cylinder(d = 8.4, h = 0.01); }
      for (b = bosses) translate([b[0], b[1], floor_]) cylinder(d = 9, h = 9);
      for (o = openings) if (o[1] == "lid") translate([o[2], o[3], -1]) cylinder(d = o[4], h = 12);
      for (o = openings) if (o[1] == "back")
        translate([o[2] - o[4] / 2, depth + clearance, floor_]) cube([o[4], behind + 1, 9]);
    }
  }
}

// The board's y points down, as on a screen; seen from above that is a mirror image.
// The lid lies on its face, which turns it over once more.
if (part == "tray") mirror([0, 1, 0]) tray();
else if (part == "lid") lid();
else {
  mirror([0, 1, 0]) tray();
  translate([0, iy + 2 * wall + 10, 0]) lid();
}
